"""The ledger: what there is to do, who does it, what became of it. It is the truth; the broker is a doorbell."""
