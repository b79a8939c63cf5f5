# The official image of Glue 5 (Spark 3.5, Python 3.11) with what the tests need; its own Spark stays.
FROM public.ecr.aws/glue/aws-glue-libs:5
COPY . /tmp/sluice
RUN ["bash", "/tmp/sluice/docker/glue-local/install_glue_5.sh", "/home/hadoop/sluice"]
WORKDIR /home/hadoop/workspace
