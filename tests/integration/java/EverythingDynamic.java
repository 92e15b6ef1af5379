import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ResourceBundle;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Function;

/** Does each dynamic thing that the recorder knows, once, in a way that tells it apart; prints what came of it. */
public final class EverythingDynamic {
    public static class Named { }
    public static class NamedInLoader { }
    public static class Loaded { }
    public static class Made { public Made() { } }
    public static class MadeByConstructor { MadeByConstructor(String text) { } }
    public static class MadeByHandle { public MadeByHandle(int number) { } }
    public static class Allocated { }
    public static class Parent { public void inherited() { } }
    public static class Child extends Parent { public void own(int number, String... texts) { } }
    public static class Listed { }
    public static class ListedByReference { }
    public record Point(int x) { }
    public static class Fields { public int read; private long written; public int lookedUp; volatile int updated; }
    public static class Handles { public int got; public static int shared; public int unreflected() { return 7; } }
    public static class Sent implements Serializable { Held held = new Held(); }
    public static class Held implements Serializable { }
    public interface Service { }
    public static class ServiceOfFile implements Service { }

    private static int done;

    public static void main(String[] arguments) throws Exception {
        types();
        members();
        handles();
        instances();
        resources();
        System.out.println("done " + done);
        if (arguments.length > 0) {
            System.out.flush();
            Thread.sleep(60_000);
        }
    }

    private static void types() throws Exception {
        done += Class.forName("EverythingDynamic$Named").getName().length() > 0 ? 1 : 0;
        ClassLoader loader = EverythingDynamic.class.getClassLoader();
        Class.forName("EverythingDynamic$NamedInLoader", false, loader);
        loader.loadClass("EverythingDynamic$Loaded");
        Class.forName("[Ljava.util.UUID;");
        Array.newInstance(Named.class, 2);
        Array.newInstance(long.class, 2, 3);
        Function<String, Object> named = EverythingDynamic::named;
        done += named.apply("not.There") == null ? 1 : 0;
        Callable<?> proxy = (Callable<?>) Proxy.newProxyInstance(
            loader, new Class<?>[] {Callable.class, Runnable.class}, (self, method, values) -> "called");
        done += "called".equals(proxy.call()) ? 1 : 0;
    }

    private static Object named(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            return null;
        }
    }

    private static void members() throws Exception {
        Method own = Child.class.getMethod("own", int.class, String[].class);
        own.invoke(new Child(), 1, new String[0]);
        Child.class.getMethod("inherited");
        try {
            Child.class.getDeclaredMethod("absent", Child.class);
        } catch (NoSuchMethodException e) {
            done++;
        }
        Listed.class.getDeclaredConstructors();
        Function<Class<?>, Method[]> list = Class::getMethods;
        done += list.apply(ListedByReference.class).length > 0 ? 1 : 0;
        done += Point.class.getRecordComponents().length;
        fields();
    }

    private static void fields() throws Exception {
        Field read = Fields.class.getField("read");
        done += read.getInt(new Fields()) + 1;
        Field written = Fields.class.getDeclaredField("written");
        written.setAccessible(true);
        written.setLong(new Fields(), 5L);
        Fields.class.getField("lookedUp");
        done += AtomicIntegerFieldUpdater.newUpdater(Fields.class, "updated").incrementAndGet(new Fields());
    }

    private static void handles() throws Exception {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        lookup.findVirtual(Child.class, "inherited", MethodType.methodType(void.class));
        lookup.findConstructor(MadeByHandle.class, MethodType.methodType(void.class, int.class));
        lookup.findGetter(Handles.class, "got", int.class);
        lookup.findStaticVarHandle(Handles.class, "shared", int.class);
        done += lookup.unreflect(Handles.class.getMethod("unreflected")).type().parameterCount();
    }

    @SuppressWarnings("deprecation")
    private static void instances() throws Exception {
        Made.class.newInstance();
        MadeByConstructor.class.getDeclaredConstructor(String.class).newInstance("text");
        Field unsafe = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        unsafe.setAccessible(true);
        ((sun.misc.Unsafe) unsafe.get(null)).allocateInstance(Allocated.class);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream output = new ObjectOutputStream(bytes)) {
            output.writeObject(new Sent());
        }
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
        done += (int) ServiceLoader.load(Service.class).stream().map(ServiceLoader.Provider::get).count();
    }

    private static void resources() {
        EverythingDynamic.class.getResource("beside.txt");
        EverythingDynamic.class.getResourceAsStream("/at/the/root.txt");
        EverythingDynamic.class.getClassLoader().getResource("of/loader.txt");
        ClassLoader.getSystemResourceAsStream("of/system.txt");
        Object.class.getResource("of-the-jdk.txt");
        done += ResourceBundle.getBundle("Texts").getString("greeting").length();
        try {
            System.loadLibrary("not-there");
        } catch (UnsatisfiedLinkError e) {
            done++;
        }
    }
}
