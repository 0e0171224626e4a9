package bench;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/** Counts what the producer of the streams client sends and what the broker acknowledges. */
public final class Acknowledgements implements ProducerInterceptor<byte[], byte[]> {
    private static final AtomicLong sent = new AtomicLong();
    private static final AtomicLong acknowledged = new AtomicLong();
    private static volatile long lastNanos;

    static boolean complete() {
        return sent.get() == acknowledged.get();
    }

    static long lastNanos() {
        return lastNanos;
    }

    @Override
    public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
        sent.incrementAndGet();
        return record;
    }

    @Override
    public void onAcknowledgement(RecordMetadata metadata, Exception exception) {
        if (exception != null) {
            exception.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
        acknowledged.incrementAndGet();
        lastNanos = System.nanoTime();
    }

    @Override
    public void close() {}

    @Override
    public void configure(Map<String, ?> configs) {}
}
