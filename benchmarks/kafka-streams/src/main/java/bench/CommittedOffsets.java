package bench;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Watches how far a group has committed a topic. */
final class CommittedOffsets implements AutoCloseable {
    private final Admin admin;
    private final String group;
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    CommittedOffsets(String brokers, String group, String topic) throws Exception {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", brokers);
        this.admin = Admin.create(settings);
        this.group = group;
        int partitions = admin.describeTopics(java.util.List.of(topic)).topicNameValues().get(topic).get().partitions().size();
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int p = 0; p < partitions; p++) latest.put(new TopicPartition(topic, p), OffsetSpec.latest());
        admin.listOffsets(latest).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
    }

    /** Waits until everything is committed, in a finished transaction where there are transactions. */
    long awaitAll() throws Exception {
        ListConsumerGroupOffsetsOptions stable = new ListConsumerGroupOffsetsOptions().requireStable(true);
        while (true) {
            Map<TopicPartition, OffsetAndMetadata> committed =
                    admin.listConsumerGroupOffsets(group, stable).partitionsToOffsetAndMetadata().get();
            boolean all = ends.entrySet().stream().allMatch(end -> {
                OffsetAndMetadata at = committed.get(end.getKey());
                return end.getValue() == 0 || (at != null && at.offset() >= end.getValue());
            });
            if (all) return System.nanoTime();
            Thread.sleep(10);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
