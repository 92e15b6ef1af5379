package sample;

/** What a definition names as a default. */
public class PoliteGreeter implements SampleReporter.Greeter {
    @Override
    public String greet() {
        return "good day";
    }
}
