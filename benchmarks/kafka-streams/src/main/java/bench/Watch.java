package bench;

import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Prints a line whenever a read-committed reader of a topic sees new records: the wall clock in ms, and how many came. */
public final class Watch {
    public static void main(String[] args) {
        Arguments arguments = new Arguments(args);
        Properties settings = new Properties();
        settings.put("bootstrap.servers", arguments.text("brokers"));
        settings.put("isolation.level", "read_committed");
        settings.put("auto.offset.reset", "earliest");
        settings.put("fetch.max.wait.ms", "20");
        settings.put("enable.auto.commit", "false");
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            String topic = arguments.text("topic");
            consumer.assign(consumer.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).toList());
            while (true) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
                if (records.isEmpty()) continue;
                System.out.println(System.currentTimeMillis() + " " + records.count());
                System.out.flush();
            }
        }
    }

    private Watch() {}
}
