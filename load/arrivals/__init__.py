"""When runs are to begin, whatever the server does: the open loop.

schedule  intended starts, in seconds since the beginning: evenly, by chance, in bursts, at a rate
          that changes from stage to stage
spelling  how a schedule is written: `poisson:20*60s,80*10s`
log       a log of arrivals that is played again
dealer    hands each arrival to the next user who is free, and watches the generator itself
"""
