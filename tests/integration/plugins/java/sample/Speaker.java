package sample;

/** Found by ServiceLoader. */
public interface Speaker {
    String speak();
}
