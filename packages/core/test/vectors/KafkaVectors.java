import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.serialization.DoubleSerializer;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.serialization.UUIDSerializer;
import org.apache.kafka.common.utils.Utils;

/** Prints what Kafka's own classes write and hash, as the JSON of kafka-vectors.json. See README.md for how it is run. */
class KafkaVectors {
    static final HexFormat HEX = HexFormat.of();
    static final int GENERATED = 10_000;
    static int state = 42;

    public static void main(String[] args) {
        List<String> parts = new ArrayList<>();
        parts.add("\"integer\": " + rows(new IntegerSerializer(),
            0, 1, -1, 127, 128, 255, 256, -256, 65_535, 65_536, 123_456_789, -123_456_789, Integer.MAX_VALUE, Integer.MIN_VALUE));
        parts.add("\"long\": " + rows(new LongSerializer(),
            0L, 1L, -1L, 255L, -256L, 4_294_967_295L, 4_294_967_296L, -4_294_967_296L, -4_294_967_297L, 1_700_000_000_123L,
            9_007_199_254_740_991L, -9_007_199_254_740_991L, 9_007_199_254_740_992L, -9_007_199_254_740_992L,
            Long.MAX_VALUE, Long.MIN_VALUE));
        parts.add("\"double\": " + rows(new DoubleSerializer(),
            0.0, -0.0, 1.0, -1.0, 0.1, Math.PI, 1e300, -1e-300, Double.MIN_VALUE, Double.MIN_NORMAL, Double.MAX_VALUE,
            9_007_199_254_740_993.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY));
        parts.add("\"string\": " + rows(new StringSerializer(),
            "", "ORD", "a somewhat longer text that no short-string path takes", "Z\u00fcrich", "\u65e5\u672c\u8a9e", "\u2603",
            "\ud83d\ude00 smile", "\ufeffwith a mark", "nul \u0000 inside", "replaced \ufffd", "tab\tquote\"back\\slash", "\u007f\u0080\u07ff\u0800\uffff"));
        parts.add("\"uuid\": " + rows(new UUIDSerializer(),
            new UUID(0, 0), new UUID(-1, -1), UUID.fromString("F47AC10B-58CC-4372-A567-0E02B2C3D479"), new UUID(1, 2)));
        parts.add("\"keys\": " + keys());
        parts.add("\"generated\": " + generated());
        System.out.println("{\n  " + String.join(",\n  ", parts) + "\n}");
    }

    @SafeVarargs
    static <T> String rows(Serializer<T> serializer, T... values) {
        List<String> rows = new ArrayList<>();
        for (T value : values) {
            rows.add("    [" + quoted(value.toString()) + ", \"" + HEX.formatHex(serializer.serialize("topic", value)) + "\"]");
        }
        return "[\n" + String.join(",\n", rows) + "\n  ]";
    }

    /** Hex of a key, its murmur2, its partition of 1, 7 and 12, and its CRC-32. */
    static String keys() {
        List<byte[]> keys = new ArrayList<>();
        for (String text : List.of("", "a", "ab", "abc", "abcd", "ORD", "JFK", "Z\u00fcrich", "\u65e5\u672c\u8a9e", "\ud83d\ude00", "the quick brown fox")) {
            keys.add(text.getBytes(StandardCharsets.UTF_8));
        }
        keys.add(new byte[] {0});
        keys.add(new byte[] {0, 0, 0, 0});
        keys.add(new byte[] {-1, -128, 127, 0, -2});
        keys.add(ByteBuffer.allocate(8).putLong(-42).array());
        keys.add(new byte[1000]);
        List<String> rows = new ArrayList<>();
        for (byte[] key : keys) {
            CRC32 crc = new CRC32();
            crc.update(key);
            rows.add("    [\"" + HEX.formatHex(key) + "\", " + Utils.murmur2(key) + ", [" + BuiltInPartitioner.partitionForKey(key, 1) + ", "
                + BuiltInPartitioner.partitionForKey(key, 7) + ", " + BuiltInPartitioner.partitionForKey(key, 12) + "], " + crc.getValue() + "]");
        }
        return "[\n" + String.join(",\n", rows) + "\n  ]";
    }

    /** Base64 of the murmur2 of every generated key, four bytes each, big endian; their lengths run from 0 to 40. */
    static String generated() {
        ByteBuffer hashes = ByteBuffer.allocate(GENERATED * 4);
        for (int i = 0; i < GENERATED; i++) {
            byte[] key = new byte[next() % 41];
            for (int k = 0; k < key.length; k++) key[k] = (byte) next();
            hashes.putInt(Utils.murmur2(key));
        }
        return "{ \"seed\": 42, \"count\": " + GENERATED + ", \"murmur2\": \"" + Base64.getEncoder().encodeToString(hashes.array()) + "\" }";
    }

    /** A linear congruential generator that is as easily written in any language: 16 bits of a 32-bit state. */
    static int next() {
        state = state * 1_103_515_245 + 12_345;
        return state >>> 16;
    }

    static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c >= ' ' && c < 127) out.append(c);
            else out.append(String.format("\\u%04x", (int) c));
        }
        return out.append('"').toString();
    }
}
