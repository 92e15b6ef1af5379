package sample;

/** A service. */
public class LoudSpeaker implements Speaker {
    @Override
    public String speak() {
        return "loud";
    }
}
