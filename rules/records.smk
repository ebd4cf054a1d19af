# Snakemake's records of outputs, one file each below .snakemake: no rule.
#
# It compares parameters, code and inputs with its own record of an output alone. Where an output is not the one that the
# record is about, the record must go, or come back.

from specdnn.jobs import read_object, record_file, records

RECORD_FORMAT = 6  # of Snakemake 9.27
FOREIGN, AGAIN = ["--foreign"], ["--again"]  # parameters that match nothing


def write_record(path, record):
    files.write_text(record_file(path, "metadata"), json.dumps(record))


def disown(path, modified, params):
    """Make Snakemake see an output of other parameters, which it makes again; the record that says so."""
    record = {"record_format_version": RECORD_FORMAT, "params": params, "endtime": modified}
    if read_object(record_file(path, "metadata")) != record:
        write_record(path, record)
    return record


def log_of_record(record):
    """The log of an output's job, which no other job has."""
    return tuple(record.get("log") or [])


def disowned_as(record):
    """The judgement that an output was disowned by; None of Snakemake's own records."""
    return {str(FOREIGN): "foreign", str(AGAIN): "again"}.get(str(record.get("params")))
