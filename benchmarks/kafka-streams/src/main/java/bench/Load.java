package bench;

import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Fills a topic with numbered flights, as fast as the broker takes them, or {@code perSecond} of them where that is not 0
 * (until it is killed where {@code records} is 0).
 */
public final class Load {
    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        Properties settings = new Properties();
        settings.put("bootstrap.servers", arguments.text("brokers"));
        settings.put("linger.ms", "5");
        settings.put("batch.size", "131072");
        settings.put("buffer.memory", "134217728");
        FlightSource source = new FlightSource(arguments.text("flights"), arguments.text("key"));
        int records = arguments.number("records") == 0 ? Integer.MAX_VALUE : arguments.number("records");
        int perSecond = arguments.number("perSecond");
        String topic = arguments.text("topic");
        long start = System.nanoTime();
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int number = 0; number < records; number++) {
                if (perSecond > 0) {
                    long due = start + number * 1_000_000_000L / perSecond;
                    while (System.nanoTime() < due) Thread.sleep(1);
                }
                producer.send(source.record(topic, number), (metadata, error) -> {
                    if (error == null) return;
                    error.printStackTrace();
                    Runtime.getRuntime().halt(1);
                });
            }
        }
        System.out.printf("{\"records\":%d,\"seconds\":%.3f}%n", records, (System.nanoTime() - start) / 1e9);
    }

    private Load() {}
}
