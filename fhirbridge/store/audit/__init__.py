"""The audit trail: entries, the journals they first go to, the AuditEvents they become.

`docs/audit.md` says what is promised.
"""
