"""The channels by which a network takes data in, equal in rank; the site file says which ones it has."""

from __future__ import annotations

from enum import StrEnum


class ChannelKind(StrEnum):
    """`fhir`: transaction bundles to the hub; `ssmix2`: an SS-MIX2 storage by SFTP. Consents go to the hub by FHIR always."""

    FHIR = "fhir"
    SSMIX2 = "ssmix2"
