# When Snakemake looks for jobs to start.
#
# Under a rate limit, and 9.27 has one by itself (100 jobs a second), each look plans another one a second later, and
# so does each end of a job: with 200 jobs done it looks 200 times a second, which takes a fifth of a core from the
# jobs that run (pull request 3744 of Snakemake). Without a limit it looks when a job has ended, which is enough. A
# limit of your own (--max-jobs-per-timespan) stays.

AT_START = []  # what else is called when a run starts: Snakemake has one place for that
RATE_LIMIT_BY_DEFAULT = (100, 1)  # jobs, seconds


onstart:
    limiter = workflow.scheduler.job_rate_limiter
    if limiter and (limiter.max_jobs, limiter.timespan) == RATE_LIMIT_BY_DEFAULT:
        workflow.scheduler.job_rate_limiter = None
    for begin in AT_START:
        begin()
