"""The certificate: what a run amounts to, signed, for somebody who was not there.

keys         ed25519 keys in files
dsse         the envelope: what is signed, and by whom
predicate    the blocks of the statement, as types
evidence     the files of a run that its verdicts rest on, and their Merkle root
identity     which program judged
build        from the folder of a run to the statement
summaries    the same in two predicates that other tools read
sign         statement and summaries into the folder, written and read again
verify       signature, validity, digests, and the verdicts derived again
bundle       certificate and evidence in one file, the same bytes each time

The signature says who vouches. That the verdicts follow from the history anyone can find out, with
neither the target nor trust in the signer: `verify` builds the statement again from the evidence.
"""
