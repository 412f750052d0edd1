"""The one truth: resources, their index, kept records, outbox, quarantine, cursors."""
