# The official image of Glue 5 (Spark 3.5, Python 3.11) with what the tests need; its own Spark stays.
# The tag 5 has Spark 3.5.4; 5.1.0 is Glue 5.1, Spark 3.5.6.
ARG TAG=5
FROM public.ecr.aws/glue/aws-glue-libs:${TAG}
COPY . /tmp/sluice
# A login shell knows where Spark is, as that of the entry point does.
RUN ["bash", "-l", "/tmp/sluice/docker/glue-local/install_glue_5.sh", "/home/hadoop/sluice"]
WORKDIR /home/hadoop/workspace
