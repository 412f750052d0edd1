"""Loading files of resources with system rights: read in pieces, checked and indexed on all cores.

The ids in the files are kept, references are free. What a piece is, how it is read, and how a
Bundle's links are resolved is a file each; `load` puts them to work.
"""
