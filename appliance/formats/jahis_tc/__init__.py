"""JAHIS 電子版お薬手帳データフォーマット (JAHISTC01-08): a patient's medication notebook."""
