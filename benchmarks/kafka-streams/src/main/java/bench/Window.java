package bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** The measured part of a run: from the end of the warm-up to the last output. */
final class Window {
    private final int records;
    private final int warmUp;
    private int counted;
    private long startNanos;
    private long startCpuNanos;
    private volatile boolean reachedEnd;

    Window(int records, int warmUp) {
        this.records = records;
        this.warmUp = warmUp;
    }

    /** One record has come in. Called by the stream thread alone. */
    void count() {
        if (counted == warmUp) {
            startNanos = System.nanoTime();
            startCpuNanos = cpuNanos();
        }
        if (++counted == records) reachedEnd = true;
    }

    boolean reachedEnd() {
        return reachedEnd;
    }

    void print(long endNanos) throws IOException {
        print(records - warmUp, endNanos - startNanos, cpuNanos() - startCpuNanos);
    }

    static void print(long records, long nanos, long cpuNanos) throws IOException {
        System.out.printf(
                "{\"records\":%d,\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"peakBytes\":%d}%n",
                records, nanos / 1e9, cpuNanos / 1e9, peakBytes());
    }

    static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** Peak resident memory; 0 on systems without /proc. */
    private static long peakBytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) return 0;
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
        return 0;
    }
}
