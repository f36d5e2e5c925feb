"""The SSM operations about documents: ListDocuments, DescribeDocument, GetDocument."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ssmtui.lab.answers import ApiError, JsonBody, entries, page_of, page_size
from ssmtui.lab.documents import DocumentStore, LabDocument
from ssmtui.lab.parameters import Declaration

DocumentCondition = Callable[[LabDocument], bool]

_OWNERS: Mapping[str, DocumentCondition] = {
    "amazon": lambda document: document.owner == "Amazon",
    "self": lambda document: document.owner != "Amazon",
    "private": lambda document: document.owner != "Amazon",
    "public": lambda document: document.owner == "Amazon",
    "thirdparty": lambda document: False,
    "all": lambda document: True,
}


class DocumentApi:
    """Answers from the document store."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    def list_documents(self, request: JsonBody) -> JsonBody:
        """One page of document identifiers, by name."""
        conditions = [_condition(entry) for entry in _filters(request)]
        chosen = [document for document in self._documents if all(holds(document) for holds in conditions)]
        size = page_size(request, default=10, lowest=1, highest=50)
        rows, token = page_of(chosen, "documents", request.get("NextToken"), size)
        return {"DocumentIdentifiers": [_identifier(document) for document in rows], "NextToken": token}

    def describe_document(self, request: JsonBody) -> JsonBody:
        """A document's description and its parameters, without patterns."""
        document = self._version(request)
        return {
            "Document": {
                **_identifier(document),
                "Hash": document.digest,
                "HashType": "Sha256",
                "Status": "Active",
                "Description": document.body.get("description", ""),
                "Parameters": [_parameter(name, one) for name, one in document.parameters.items()],
                "LatestVersion": "1",
                "DefaultVersion": "1",
            }
        }

    def get_document(self, request: JsonBody) -> JsonBody:
        """A document's text. JSON is valid YAML, so that one text serves both."""
        document = self._version(request)
        return {
            "Name": document.name,
            "CreatedDate": document.created.timestamp(),
            "DocumentVersion": "1",
            "Status": "Active",
            "Content": document.content,
            "DocumentType": document.document_type,
            "DocumentFormat": request.get("DocumentFormat", "JSON"),
        }

    def _version(self, request: JsonBody) -> LabDocument:
        document = self._documents.get(request.get("Name"))
        version = request.get("DocumentVersion", "$DEFAULT")
        if version not in ("$DEFAULT", "$LATEST", "1") or "VersionName" in request:
            raise ApiError("InvalidDocumentVersion", f"Document {document.name} has no such version.")
        return document


def _filters(request: JsonBody) -> list[tuple[str, list[str]]]:
    found = [(str(entry.get("Key")), _texts(entry.get("Values"))) for entry in entries(request, "Filters")]
    legacy = entries(request, "DocumentFilterList")
    return found + [(str(entry.get("key")), _texts([entry.get("value")])) for entry in legacy]


def _texts(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, list) else []


def _condition(entry: tuple[str, list[str]]) -> DocumentCondition:
    key, values = entry
    if key == "Name":
        return lambda document: any(document.name.startswith(value) for value in values)
    if key == "DocumentType":
        return lambda document: document.document_type in values
    if key == "PlatformTypes":
        return lambda document: any(value in document.platforms for value in values)
    if key == "Owner" and all(value.lower() in _OWNERS for value in values):
        return lambda document: any(_OWNERS[value.lower()](document) for value in values)
    if key.startswith("tag:"):
        return lambda document: False
    raise ApiError("InvalidFilterKey", f"The filter {key} is not valid.")


def _identifier(document: LabDocument) -> JsonBody:
    return {
        "Name": document.name,
        "CreatedDate": document.created.timestamp(),
        "Owner": document.owner,
        "PlatformTypes": document.platforms,
        "DocumentVersion": "1",
        "DocumentType": document.document_type,
        "SchemaVersion": document.body["schemaVersion"],
        "DocumentFormat": "JSON",
        "Tags": [],
    }


def _parameter(name: str, declaration: Declaration) -> JsonBody:
    facts = {
        "Name": name,
        "Type": declaration.get("type", "String"),
        "Description": declaration.get("description", ""),
    }
    default = declaration.get("default")
    if default is None:
        return facts
    return {**facts, "DefaultValue": default if isinstance(default, str) else " ".join(map(str, _items(default)))}


def _items(default: object) -> list[object]:
    return default if isinstance(default, list) else [default]
