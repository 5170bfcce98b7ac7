"""The channels by which a network takes data in, equal in rank; the site file says which ones it has."""

from __future__ import annotations

from enum import StrEnum


class ChannelKind(StrEnum):
    """`fhir`: transaction bundles to the hub; `ssmix2`: an SS-MIX2 storage by SFTP. Consents go to the hub by FHIR always.

    `mhd` and `mhd-simple`: whole documents to the hub, by ITI-65 or by ITI-105.
    """

    FHIR = "fhir"
    SSMIX2 = "ssmix2"
    MHD = "mhd"
    MHD_SIMPLE = "mhd-simple"

    @property
    def at_the_hub(self) -> bool:
        """Whether it leads to the hub, whose consents are pulled before any data go there."""
        return self is not ChannelKind.SSMIX2

    def carries(self, document_key: str) -> bool:
        """Whether it may have anything to do with a document: claims never go whole."""
        return self not in WHOLE_DOCUMENTS or not document_key.startswith("claim:")


WHOLE_DOCUMENTS = frozenset({ChannelKind.MHD, ChannelKind.MHD_SIMPLE})
"""The channels that carry documents as files; a network takes one of them at most."""
