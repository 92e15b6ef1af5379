package kafkanative.recorder;

import java.util.List;
import java.util.Objects;

/**
 * One thing that was done dynamically.
 *
 * <p>Not a record, whose {@code hashCode} would be linked at its first call, in the middle of the program.
 */
final class Observation {
    /** What was done. */
    enum Kind {
        TYPE, ARRAY, PROXY, PUBLIC_METHOD, DECLARED_METHOD, CONSTRUCTOR, PUBLIC_FIELD, DECLARED_FIELD,
        METHOD_OF_HANDLE, FIELD_OF_HANDLE, MEMBER, SERIALIZABLE, ALLOCATED, RESOURCE, BUNDLE, SERVICE, LIBRARY
    }

    private final Kind kind;
    private final Object subject;
    private final String name;
    private final List<Class<?>> types;
    private final int hash;

    /**
     * @param kind what was done
     * @param subject to what: a class, the name of one, a member, ...
     * @param name of the member or resource asked for, or null
     * @param types of its parameters, or interfaces
     */
    Observation(Kind kind, Object subject, String name, List<Class<?>> types) {
        this.kind = kind;
        this.subject = subject;
        this.name = name;
        this.types = types;
        hash = 31 * (31 * (31 * kind.ordinal() + subject.hashCode()) + Objects.hashCode(name)) + types.hashCode();
    }

    Kind kind() {
        return kind;
    }

    Object subject() {
        return subject;
    }

    String name() {
        return name;
    }

    List<Class<?>> types() {
        return types;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Observation that
            && kind == that.kind
            && subject.equals(that.subject)
            && Objects.equals(name, that.name)
            && types.equals(that.types);
    }
}
