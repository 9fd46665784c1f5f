"""Backfill: an archive as it was delivered becomes a plan, the plan a job, and the job runs for as long as it takes.

``sources`` and ``tables`` read what was delivered, ``planning`` looks at every file, ``running`` feeds the workers;
``sampling`` and ``quality`` have a part of the result looked at again, ``progress`` and ``report`` tell how it goes.
"""
