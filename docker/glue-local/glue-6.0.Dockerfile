# Glue 6.0 as far as it can be had without AWS: Spark 4.1.1, Python 3.13, Java 17, Glue's versions of libraries. There
# is no official image of it yet. awsglue's Python side is in it, the JVM side of Glue is not: jobs run as on a laptop.
FROM public.ecr.aws/docker/library/python:3.13-slim-bookworm
COPY docker/streaming-consumer/system.sh /tmp/
RUN ["bash", "/tmp/system.sh"]
COPY . /src
RUN ["bash", "/src/docker/glue-local/install_glue_6.0.sh", "/opt/glue"]
RUN rm -rf /src && useradd --uid 10000 --create-home hadoop
USER 10000
WORKDIR /home/hadoop/workspace
ENV PATH=/opt/glue/bin:$PATH PYTHONPATH=/home/hadoop/workspace PYTHONDONTWRITEBYTECODE=1
ENTRYPOINT ["tini", "--", "bash", "-c"]
CMD ["python -m glue_jobs.streaming.mobile_coverage --help"]
