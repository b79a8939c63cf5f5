# The official image of Glue 5 (Spark 3.5, Python 3.11) with what the tests need; its own Spark stays.
FROM public.ecr.aws/glue/aws-glue-libs:5
COPY requirements-glue5.lock /tmp/
# The image's Spark is Glue's build of it; PyPI's would stand beside it.
RUN awk '/^[^ #]/ { spark = /^(pyspark|py4j)==/ } !spark' /tmp/requirements-glue5.lock > /tmp/without-spark.txt \
    && python3 -m pip install --no-cache-dir --user --no-deps --require-hashes --requirement /tmp/without-spark.txt
WORKDIR /home/hadoop/workspace
