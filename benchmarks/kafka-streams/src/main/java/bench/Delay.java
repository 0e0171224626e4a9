package bench;

/** A row of the table: how many flights of a key, and their delays in minutes together. */
public final class Delay {
    public long flights;
    public long minutes;

    Delay add(Flight flight) {
        flights += 1;
        minutes += flight.delay;
        return this;
    }
}
