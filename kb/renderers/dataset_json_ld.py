"""The JSON-LD of the API root: the data set as a schema.org Dataset, with its sources and downloads."""

from kb.models import ReleaseFile, Source
from kb.renderers.json_ld import drop_empty_values
from kb.renderers.tabular import CsvRenderer, NdJsonRenderer
from kb.serializers import build_record_url
from kb.utils.urls import build_url


def build_dataset(root, context, request):
    """Return the content of the API root as a schema.org Dataset; without `license`, since none has been chosen."""
    node = {
        "@context": context,
        "@type": "Dataset",
        "@id": request.build_absolute_uri("/"),
        "url": request.build_absolute_uri("/"),
        "name": root["name"],
        "description": f"{root['about']} {root['disclaimer']} {root['review']}",
        "version": root["data_version"],
        "conditionsOfAccess": root["licence"],
        "creditText": root["how_to_cite"],
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
                        "contentUrl": f"{part['url']}?format={renderer.format}",
                        "encodingFormat": renderer.media_type,
                    }
                    for renderer in (NdJsonRenderer, CsvRenderer)
                ],
            }
            for part in root["resources"]
        ],
        "distribution": build_downloads(root["data_version"], request),
    }
    return drop_empty_values(node)


def build_downloads(version, request):
    """Return the files of the releases of this data version as DataDownloads; an older release is another data set."""
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
