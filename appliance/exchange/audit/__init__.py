"""The audit on its way out: each row told as a BALP AuditEvent to the hub and as a DICOM AuditMessage by syslog over TLS."""
