"""The knowledge base as a whole in JSON-LD: a data set, what it is based on, and where to get it."""

from kb.models import ReleaseFile, Source
from kb.renderers.json_ld import drop_empty_values
from kb.renderers.tabular import CsvRenderer, NdJsonRenderer
from kb.serializers import build_record_url
from kb.utils.urls import build_url


def build_dataset(told, context, request):
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
            drop_empty_values(
                {
                    "@type": "CreativeWork",
                    "@id": build_record_url(source, {"request": request}),
                    "name": source.title,
                    "publisher": drop_empty_values({"name": source.publisher}),
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
                    for whole in (NdJsonRenderer, CsvRenderer)
                ],
            }
            for part in told["resources"]
        ],
        "distribution": build_downloads(told["data_version"], request),
    }
    return drop_empty_values(node)


def build_downloads(version, request):
    """The files of the releases that hold the data as they are now; an older release is another data set."""
    files = ReleaseFile.objects.filter(release__data_version=version).select_related("release").defer("packed")
    return [
        {
            "@type": "DataDownload",
            "name": file.name,
            "description": file.says,
            "contentUrl": build_url("release-file", file.release.name, file.name, request=request),
            "encodingFormat": file.media_type,
            "contentSize": f"{file.size} B",
            "sha256": file.sha256,
        }
        for file in files
    ]
