"""Where members have things sent, and the divisions of the country that addresses lie in.

A division is named by its code of GB/T 2260, and an address by the smallest division that it lies
in: the province and the city follow from the code, so no two codes can contradict each other. The
divisions are a file beside this module, loaded once. An address keeps the names beside the codes,
so it stays whole when a division goes.

Who gets the parcel, at which number and at which door is sealed in one document for each address;
a keyed digest of the number finds it, and its last four digits are kept to be shown. Of a member's
addresses one is the default: the first one becomes it, and where it is deleted the newest one does.

Every change takes the member's row first (FOR NO KEY UPDATE), which bounds how many there are; an
address that is read under that lock stays as it is until the transaction ends.

Rejected: divisions as a table (nothing refers to them, and the names have to be frozen anyway), and
columns that are sealed one by one (they are only ever needed together).
"""
