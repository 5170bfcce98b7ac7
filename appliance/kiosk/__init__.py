"""The web page of the box: staff sign in, find patients and read records; patients consent, sign and withdraw.

It holds no store and no key: every question goes to the desk or the exchange over their sockets.
"""
