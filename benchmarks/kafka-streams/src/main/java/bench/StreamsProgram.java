package bench;

import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The jobs as a Kafka Streams application with one thread. {@code mode} is {@code stateless}, {@code stateful}, {@code fill}
 * (a table without outputs), {@code restore} (that table again, from its changelog) or {@code serve} (stateful until killed).
 */
public final class StreamsProgram {
    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        String mode = arguments.text("mode");
        Window window = new Window(arguments.number("records"), arguments.number("warmUp"));
        KafkaStreams streams = new KafkaStreams(topology(arguments, mode, window), settings(arguments));
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
        });
        switch (mode) {
            case "serve" -> streams.start();
            case "restore" -> Restore.run(streams);
            default -> measure(streams, arguments, window);
        }
        if (mode.equals("serve")) return;
        // The measurement is over, and leaving in good order takes long.
        System.out.flush();
        if (mode.equals("fill")) streams.close();
        Runtime.getRuntime().halt(0);
    }

    private static void measure(KafkaStreams streams, Arguments arguments, Window window) throws Exception {
        streams.start();
        while (!window.reachedEnd()) Thread.sleep(5);
        boolean committed = !arguments.text("guarantee").equals("at_least_once") || arguments.text("mode").equals("fill");
        if (committed) {
            try (CommittedOffsets offsets =
                    new CommittedOffsets(arguments.text("brokers"), arguments.text("group"), arguments.text("input"))) {
                window.print(offsets.awaitAll());
            }
            return;
        }
        // The last record is counted before what it causes is sent: two looks in a row.
        int complete = 0;
        while (complete < 2) {
            complete = Acknowledgements.complete() ? complete + 1 : 0;
            Thread.sleep(20);
        }
        window.print(Acknowledgements.lastNanos());
    }

    private static Topology topology(Arguments arguments, String mode, Window window) {
        StreamsBuilder builder = new StreamsBuilder();
        var flights = JsonSerde.of(Flight.class);
        var delays = JsonSerde.of(Delay.class);
        KStream<String, Flight> input = builder.stream(arguments.text("input"), Consumed.with(Serdes.String(), flights))
                .peek((key, flight) -> window.count());
        if (mode.equals("stateless")) {
            input.filter((key, flight) -> flight.delay > 0)
                    .to(arguments.text("output"), Produced.with(Serdes.String(), flights));
            return builder.build();
        }
        KTable<String, Delay> table = input.groupByKey(Grouped.with(Serdes.String(), flights))
                .aggregate(
                        Delay::new,
                        (key, flight, delay) -> delay.add(flight),
                        Materialized.<String, Delay, KeyValueStore<Bytes, byte[]>>as("delays")
                                .withKeySerde(Serdes.String())
                                .withValueSerde(delays));
        if (!mode.equals("fill") && !mode.equals("restore")) {
            table.toStream().to(arguments.text("output"), Produced.with(Serdes.String(), delays));
        }
        return builder.build();
    }

    private static Properties settings(Arguments arguments) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments.text("group"));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments.text("brokers"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments.text("stateDirectory"));
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, arguments.text("guarantee"));
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, arguments.number("cutIntervalMs"));
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        settings.put(StreamsConfig.producerPrefix("interceptor.classes"), Acknowledgements.class.getName());
        settings.put("auto.offset.reset", "earliest");
        String mode = arguments.text("mode");
        if (mode.equals("fill") || mode.equals("restore")) {
            // Its predecessor does not leave the group, and waiting for that is not what is measured.
            settings.put("session.timeout.ms", 2_000);
            settings.put("heartbeat.interval.ms", 500);
        }
        return settings;
    }

    private StreamsProgram() {}
}
