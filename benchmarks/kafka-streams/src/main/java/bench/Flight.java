package bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/** A record of the input. */
@JsonPropertyOrder({"date", "delay", "distance", "origin", "destination", "number"})
public final class Flight {
    public String date;
    public int delay;
    public int distance;
    public String origin;
    public String destination;
    public int number;
}
