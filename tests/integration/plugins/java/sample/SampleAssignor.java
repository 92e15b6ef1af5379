package sample;

import org.apache.kafka.clients.consumer.RangeAssignor;

/** Assigns as ranges under a name of its own. */
public class SampleAssignor extends RangeAssignor {
    @Override
    public String name() {
        return "sample-assignor";
    }
}
