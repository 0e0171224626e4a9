package bench;

import java.util.HashMap;
import java.util.Map;

/** The arguments of a program, each {@code name=value}. */
final class Arguments {
    private final Map<String, String> values = new HashMap<>();

    Arguments(String[] args) {
        for (String arg : args) {
            int split = arg.indexOf('=');
            values.put(arg.substring(0, split), arg.substring(split + 1));
        }
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) throw new IllegalArgumentException("argument " + name + " is missing");
        return value;
    }

    int number(String name) {
        return Integer.parseInt(text(name));
    }
}
