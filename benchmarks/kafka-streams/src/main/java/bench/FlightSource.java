package bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The flights of a file, over and over, numbered. */
final class FlightSource {
    private final List<String> heads = new ArrayList<>();
    private final List<String> origins = new ArrayList<>();
    private final String key;

    /** {@code key} is {@code origin}, {@code number}, or {@code number%N}. */
    FlightSource(String file, String key) throws IOException {
        this.key = key;
        for (JsonNode flight : new ObjectMapper().readTree(new File(file))) {
            String json = flight.toString();
            heads.add(json.substring(0, json.length() - 1));
            origins.add(flight.get("origin").asText());
        }
    }

    ProducerRecord<byte[], byte[]> record(String topic, int number) {
        int flight = number % heads.size();
        String value = heads.get(flight) + ",\"number\":" + number + "}";
        return new ProducerRecord<>(topic, bytes(key(number, flight)), bytes(value));
    }

    private String key(int number, int flight) {
        if (key.equals("origin")) return origins.get(flight);
        if (key.equals("number")) return Integer.toString(number);
        return Integer.toString(number % Integer.parseInt(key.substring("number%".length())));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
