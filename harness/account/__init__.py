"""The account: how the other side behaves. Customers, items, codes and rules; no sockets.

Deterministic: the same requests at the same clock get the same answers, ids included. Everything
it knows of people is artificial.
"""
