package bench;

import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** Measures how long a client takes from its first restored partition's start to its last one's end. */
final class Restore implements StateRestoreListener {
    private final CountDownLatch left = new CountDownLatch(4);
    private long startNanos;
    private long startCpuNanos;
    private long endNanos;
    private long records;

    static void run(KafkaStreams streams) throws Exception {
        Restore restore = new Restore();
        streams.setGlobalStateRestoreListener(restore);
        streams.start();
        restore.left.await();
        Window.print(restore.records, restore.endNanos - restore.startNanos, Window.cpuNanos() - restore.startCpuNanos);
    }

    @Override
    public synchronized void onRestoreStart(TopicPartition partition, String store, long from, long to) {
        if (startNanos != 0) return;
        startNanos = System.nanoTime();
        startCpuNanos = Window.cpuNanos();
    }

    @Override
    public void onBatchRestored(TopicPartition partition, String store, long end, long count) {}

    @Override
    public synchronized void onRestoreEnd(TopicPartition partition, String store, long total) {
        records += total;
        endNanos = System.nanoTime();
        left.countDown();
    }
}
