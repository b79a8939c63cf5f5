# The official image of Glue 5 (Spark 3.5, Python 3.11) with what the tests need; its own Spark stays.
FROM public.ecr.aws/glue/aws-glue-libs:5
COPY requirements-glue5.lock /tmp/
# The image's Spark is Glue's build of it; PyPI's would stand beside it.
RUN awk '/^[^ #]/ { spark = /^(pyspark|py4j)==/ } !spark' /tmp/requirements-glue5.lock > /tmp/without-spark.txt \
    && python3 -m pip install --no-cache-dir --user --no-deps --require-hashes --requirement /tmp/without-spark.txt
# The tests look for Iceberg beside Python, as on a laptop; Ivy, which fetches it, comes with Spark.
COPY iceberg-jars-glue5.lock scripts/jars.py /tmp/
# The names of users are those of the official image, whose numbers nobody tells.
# hadolint ignore=DL3066
USER root
RUN python3 /tmp/jars.py /tmp/iceberg-jars-glue5.lock "$(python3 -c 'import sys; print(sys.prefix)')/iceberg-jars"
# hadolint ignore=DL3066
USER hadoop
WORKDIR /home/hadoop/workspace
