"""診療情報提供書, 退院時サマリー and 処方 as HL7 CDA R2 to documents: the whole as bytes, and what is coded in them."""
