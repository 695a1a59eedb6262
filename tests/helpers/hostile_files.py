"""Files that no spreadsheet and no person would write, made byte by byte."""

import io
import zipfile
from xml.sax.saxutils import escape

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DATE_STYLE = 1  # The style of a cell that shows its number as a day.
STYLES = (
    f'<styleSheet xmlns="{NAMESPACE}"><fonts><font/></fonts><fills><fill><patternFill/></fill></fills>'
    "<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
    '<cellXfs><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def cell(place, text):
    """Return a cell with a text of its own."""
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def row(number, *texts):
    """Return a row with a text in each of its first columns."""
    return f'<row r="{number}">{"".join(cell(f"{chr(65 + n)}{number}", text) for n, text in enumerate(texts))}</row>'


def sheet(*rows, after=""):
    """Return a sheet of these rows."""
    return f'<worksheet xmlns="{NAMESPACE}"><sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def workbook(*sheets, states=(), strings=None, more=()):
    """Return a workbook of these sheets, of which some are hidden; `more` are further parts by name."""
    numbers = range(1, len(sheets) + 1)
    states = [*states, *["visible"] * (len(sheets) - len(states))]
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{CONTENT}.worksheet+xml"/>' for n in numbers
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    names = "".join(
        f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}" state="{state}"/>'
        for n, state in zip(numbers, states, strict=True)
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{CONTENT}.sheet.main+xml"/>{overrides}'
        f'<Override PartName="/xl/styles.xml" ContentType="{CONTENT}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{CONTENT}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{NAMESPACE}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{links}'
        f'<Relationship Id="rs" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rt" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": strings or f'<sst xmlns="{NAMESPACE}"/>',
        **{f"xl/worksheets/sheet{n}.xml": content for n, content in zip(numbers, sheets, strict=True)},
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [*parts.items(), *more]:
            archive.writestr(name, content)
    return file.getvalue()


def shared_strings(count):
    """Return a part with so many shared strings."""
    return f'<sst xmlns="{NAMESPACE}">{"<si><t>a</t></si>" * count}</sst>'
