package sample;

/** Named nowhere. */
public class Hidden {
    @Override
    public String toString() {
        return "found";
    }
}
