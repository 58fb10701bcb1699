"""The jobs of the journal (procrastinate: in PostgreSQL, queued in the change's transaction)."""

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from mapfeedback.journal import readers
from mapfeedback.journal.models import Entry


@app.task(name="journal.deliver", retry=RetryStrategy(max_attempts=12, exponential_wait=2))
def deliver(reader: str, entry: int) -> None:
    """Carry an entry to a reader; it may come more than once."""
    readers.call(reader, Entry.objects.get(pk=entry))


# A worker that was killed leaves its job marked as being done, and nobody else would touch it. Every job here may run
# twice, so it is put back as soon as that worker has not been heard of for thirty seconds (procrastinate's measure).
@app.periodic(cron="* * * * * */10")
@app.task(name="journal.take_up_again", queueing_lock="journal.take_up_again", pass_context=True)
async def take_up_again(context: JobContext, timestamp: int) -> None:
    """Put back in the queue what a worker began and did not live to finish."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        await jobs.retry_job(job)
