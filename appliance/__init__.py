"""Renkei Gateway (連携ゲートウェイ): the edge appliance of a regional health information network."""

__version__ = "0.1.0"
