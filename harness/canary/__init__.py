"""Canaries: one planted defect at a time, to see whether the scenarios notice.

A suite that cannot fail proves nothing. The defects are derived, never picked by hand: from the
rules and limits of the account, the codes it documents, the answers its contract describes, the
catalogue of faults, and what the judge can find in a request.
"""
