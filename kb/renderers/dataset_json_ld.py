"""The knowledge base as a whole in JSON-LD: a data set, what it is based on, and where to get it."""

from kb.models import ReleaseFile, Source
from kb.renderers.json_ld import filled
from kb.renderers.tabular import Csv, NdJson
from kb.serializers import address
from kb.utils.urls import address_of


def catalogue(told, context, request):
    """What the API root tells, as a schema.org Dataset; it names no licence, since none has been chosen."""
    node = {
        "@context": context,
        "@type": "Dataset",
        "@id": request.build_absolute_uri("/"),
        "url": request.build_absolute_uri("/"),
        "name": told["name"],
        "description": f"{told['about']} {told['disclaimer']} {told['review']}",
        "version": told["data_version"],
        "conditionsOfAccess": told["licence"],
        "creditText": told["how_to_cite"],
        "isBasedOn": [
            filled(
                {
                    "@type": "CreativeWork",
                    "@id": address(source, {"request": request}),
                    "name": source.title,
                    "publisher": filled({"name": source.publisher}),
                }
            )
            for source in Source.objects.public()
        ],
        "hasPart": [
            {
                "@type": "Dataset",
                "@id": part["url"],
                "name": part["name"],
                "description": part["description"],
                "size": f"{part['count']} records",
                "distribution": [
                    {
                        "@type": "DataDownload",
                        "contentUrl": f"{part['url']}?format={whole.format}",
                        "encodingFormat": whole.media_type,
                    }
                    for whole in (NdJson, Csv)
                ],
            }
            for part in told["resources"]
        ],
        "distribution": downloads(told["data_version"], request),
    }
    return filled(node)


def downloads(version, request):
    """The files of the releases that hold the data as they are now; an older release is another data set."""
    files = ReleaseFile.objects.filter(release__data_version=version).select_related("release").defer("packed")
    return [
        {
            "@type": "DataDownload",
            "name": file.name,
            "description": file.says,
            "contentUrl": address_of("release-file", file.release.name, file.name, request=request),
            "encodingFormat": file.media_type,
            "contentSize": f"{file.size} B",
            "sha256": file.sha256,
        }
        for file in files
    ]
