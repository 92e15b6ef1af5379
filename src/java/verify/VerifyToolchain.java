// SPDX-License-Identifier: Apache-2.0
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyStore;
import java.time.ZoneId;
import java.time.zone.ZoneRulesProvider;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import sun.misc.Signal;

/**
 * Compiled by an assembled toolchain to see whether that toolchain works: it touches each part of the JDK that needs
 * native code and prints {@code ok <name> <detail>} or {@code FAILED <name> <why>} for each. The exit status is 0
 * when all are ok.
 *
 * <p>What the environment should give can be said with arguments, and is then part of the check:
 * {@code zone=Asia/Tokyo locale=de_DE processors=2 memory-below=BYTES memory-above=BYTES} (memory is the limit of the heap).
 *
 * <p>It uses no reflection of its own, so it needs no reachability metadata.
 */
public final class VerifyToolchain {
    private static final int DEADLINE_MILLIS = 10_000;
    private static final byte[] PAYLOAD = "What the client says, the server repeats.".getBytes();

    @FunctionalInterface
    private interface Check {
        String run() throws Exception;
    }

    private final Map<String, String> expectations = new HashMap<>();
    private final Path folder;
    private int failures;

    private VerifyToolchain(Path folder, String[] arguments) {
        this.folder = folder;
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            if (parts.length != 2) {
                throw new IllegalArgumentException("not name=value: " + argument);
            }
            expectations.put(parts[0], parts[1]);
        }
    }

    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createTempDirectory("verify-toolchain");
        VerifyToolchain verification = new VerifyToolchain(folder, arguments);
        try {
            verification.runAll();
        } finally {
            deleteTree(folder);
        }
        System.exit(verification.failures == 0 ? 0 : 1);
    }

    private void runAll() {
        check("blocking-socket", this::blockingSocket);
        check("nio-socket", this::nioSocket);
        check("name-lookup", this::nameLookup);
        check("tls", this::tls);
        check("file-lock", this::fileLock);
        check("mapped-file", this::mappedFile);
        check("file-to-socket", this::fileToSocket);
        check("zip", this::zip);
        check("checksums", this::checksums);
        check("charset", this::charset);
        check("time-zone", this::timeZone);
        check("locale", this::locale);
        check("jmx", this::jmx);
        check("thread-times", this::threadTimes);
        check("signal", this::signal);
        check("processors", this::processors);
        check("memory", this::memory);
    }

    private void check(String name, Check check) {
        try {
            System.out.println("ok " + name + " " + check.run());
        } catch (Throwable failure) {
            failures++;
            System.out.println("FAILED " + name + " " + failure);
            failure.printStackTrace();
        }
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalStateException(message);
        }
    }

    private static void requireEqual(Object expected, Object actual, String what) {
        require(expected.equals(actual), what + " is " + actual + ", expected " + expected);
    }

    // ----- network

    private String blockingSocket() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(DEADLINE_MILLIS);
            FutureTask<Void> echo = inBackground(() -> echoOnce(server.accept()));
            try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
                client.setTcpNoDelay(true);
                sayAndHear(client);
            }
            echo.get(DEADLINE_MILLIS, TimeUnit.MILLISECONDS);
            return PAYLOAD.length + " bytes through port " + server.getLocalPort();
        }
    }

    private static FutureTask<Void> inBackground(CheckedAction action) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            action.run();
            return null;
        });
        Thread thread = new Thread(task, "verify-server");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    @FunctionalInterface
    private interface CheckedAction {
        void run() throws Exception;
    }

    private static void echoOnce(Socket accepted) throws IOException {
        try (Socket connection = accepted) {
            connection.setSoTimeout(DEADLINE_MILLIS);
            OutputStream output = connection.getOutputStream();
            output.write(connection.getInputStream().readNBytes(PAYLOAD.length));
            output.flush();
        }
    }

    private static void sayAndHear(Socket client) throws IOException {
        client.setSoTimeout(DEADLINE_MILLIS);
        client.getOutputStream().write(PAYLOAD);
        client.getOutputStream().flush();
        byte[] heard = client.getInputStream().readNBytes(PAYLOAD.length);
        require(Arrays.equals(PAYLOAD, heard), "the echo is different: " + new String(heard));
    }

    private String nioSocket() throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                client.write(ByteBuffer.wrap(PAYLOAD));
                ByteBuffer received = receiveWithSelector(selector, server);
                require(Arrays.equals(PAYLOAD, received.array()), "the server read something else");
            }
            return selector.getClass().getSimpleName() + ", " + PAYLOAD.length + " bytes";
        }
    }

    private static ByteBuffer receiveWithSelector(Selector selector, ServerSocketChannel server) throws IOException {
        ByteBuffer received = ByteBuffer.allocate(PAYLOAD.length);
        while (received.hasRemaining()) {
            require(selector.select(DEADLINE_MILLIS) > 0, "nothing became ready");
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isAcceptable()) {
                    SocketChannel connection = server.accept();
                    connection.configureBlocking(false);
                    connection.register(selector, SelectionKey.OP_READ);
                } else {
                    require(((SocketChannel) key.channel()).read(received) >= 0, "the connection ended early");
                }
            }
            selector.selectedKeys().clear();
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        return received;
    }

    private String nameLookup() throws Exception {
        InetAddress address = InetAddress.getByName("localhost");
        require(address.isLoopbackAddress(), "localhost is " + address);
        NetworkInterface networkInterface = NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"));
        require(networkInterface != null && networkInterface.isLoopback(), "no interface has 127.0.0.1");
        return address + " on " + networkInterface.getName();
    }

    private String tls() throws Exception {
        SSLContext context = tlsContext();
        try (SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            server.setSoTimeout(DEADLINE_MILLIS);
            FutureTask<Void> echo = inBackground(() -> echoOnce(server.accept()));
            String chosen;
            try (SSLSocket client = (SSLSocket) context.getSocketFactory()
                    .createSocket("127.0.0.1", server.getLocalPort())) {
                SSLParameters parameters = client.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                client.setSSLParameters(parameters);
                sayAndHear(client);
                chosen = client.getSession().getProtocol() + " " + client.getSession().getCipherSuite();
            }
            // Only now: the server's end waits for the client to say that it closes.
            echo.get(DEADLINE_MILLIS, TimeUnit.MILLISECONDS);
            return chosen;
        }
    }

    /** A context that has {@link #KEY_STORE}'s key as its own and trusts its certificate, and nobody else's. */
    private static SSLContext tlsContext() throws Exception {
        char[] password = "password".toCharArray();
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(new ByteArrayInputStream(Base64.getDecoder().decode(KEY_STORE)), password);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("verify", own.getCertificate("verify"));

        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, password);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    // ----- files

    private String fileLock() throws IOException {
        Path file = folder.resolve("lock");
        try (FileChannel first = openForAll(file); FileChannel second = openForAll(file)) {
            try (var lock = first.lock()) {
                require(lock.isValid() && !lock.isShared(), "the lock is not exclusive");
                try {
                    second.tryLock();
                    throw new IllegalStateException("the same file was locked twice");
                } catch (OverlappingFileLockException expected) {
                    // as it should be
                }
            }
            try (var again = second.tryLock()) {
                require(again != null, "the lock was not given back");
            }
            return "exclusive, overlap refused, given back";
        }
    }

    private static FileChannel openForAll(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private String mappedFile() throws IOException {
        Path file = folder.resolve("mapped");
        try (FileChannel channel = openForAll(file)) {
            var map = channel.map(FileChannel.MapMode.READ_WRITE, 0, 8192);
            map.putLong(4096, 42L);
            map.force();
        }
        requireEqual(42L, ByteBuffer.wrap(Files.readAllBytes(file)).getLong(4096), "the written number");
        return "8192 bytes";
    }

    private String fileToSocket() throws Exception {
        Path file = Files.write(folder.resolve("sent"), PAYLOAD);
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (SocketChannel client = SocketChannel.open(server.getLocalAddress());
                    SocketChannel connection = server.accept();
                    FileChannel source = FileChannel.open(file)) {
                requireEqual((long) PAYLOAD.length, source.transferTo(0, PAYLOAD.length, client), "the count sent");
                ByteBuffer received = ByteBuffer.allocate(PAYLOAD.length);
                while (received.hasRemaining() && connection.read(received) >= 0) {
                    // until all of it is here
                }
                require(Arrays.equals(PAYLOAD, received.array()), "the bytes received differ");
            }
        }
        return PAYLOAD.length + " bytes";
    }

    private String zip() throws IOException {
        byte[] content = "abcabcabc\n".repeat(10_000).getBytes();
        File archive = folder.resolve("archive.zip").toFile();
        try (ZipOutputStream output = new ZipOutputStream(Files.newOutputStream(archive.toPath()))) {
            output.putNextEntry(new ZipEntry("folder/entry.txt"));
            output.write(content);
            output.closeEntry();
        }
        try (ZipFile input = new ZipFile(archive);
                InputStream entry = input.getInputStream(input.getEntry("folder/entry.txt"))) {
            require(Arrays.equals(content, entry.readAllBytes()), "the entry differs");
        }
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream output = new GZIPOutputStream(compressed)) {
            output.write(content);
        }
        try (GZIPInputStream input = new GZIPInputStream(new ByteArrayInputStream(compressed.toByteArray()))) {
            require(Arrays.equals(content, input.readAllBytes()), "GZIP gives back something else");
        }
        return content.length + " bytes as zip " + archive.length() + ", as gzip " + compressed.size();
    }

    private String checksums() {
        byte[] digits = "123456789".getBytes();
        CRC32 crc32 = new CRC32();
        crc32.update(digits);
        requireEqual(0xCBF43926L, crc32.getValue(), "CRC32");
        CRC32C crc32c = new CRC32C();
        crc32c.update(digits);
        requireEqual(0xE3069283L, crc32c.getValue(), "CRC32C");
        return "CRC32 and CRC32C";
    }

    /** Names of files go through sun.jnu.encoding, which is that of the builder's own environment. */
    private String charset() throws IOException {
        String name = "Gr\u00fc\u00dfe-\u65e5\u672c";
        Path named = folder.resolve("names");
        Files.createDirectory(named);
        require(new File(named.toFile(), name).createNewFile(), "the file was not made");
        requireEqual(List.of(name), List.of(named.toFile().list()), "the listed name");
        try (var listing = Files.list(named)) {
            requireEqual(name, listing.findFirst().orElseThrow().getFileName().toString(), "the listed name");
        }
        requireEqual("UTF-8", Charset.defaultCharset().name(), "the default charset");
        return "default " + Charset.defaultCharset() + ", file names " + System.getProperty("sun.jnu.encoding");
    }

    // ----- environment

    private String timeZone() {
        ZoneId zone = ZoneId.systemDefault();
        String variable = System.getenv("TZ");
        if (variable != null && ZoneRulesProvider.getAvailableZoneIds().contains(variable)) {
            requireEqual(variable, zone.getId(), "the zone for TZ=" + variable);
        }
        expect("zone", zone.getId());
        return zone.getId() + " (TZ=" + variable + ")";
    }

    private String locale() {
        Locale locale = Locale.getDefault();
        expect("locale", locale.toString());
        return locale + ", display " + Locale.getDefault(Locale.Category.DISPLAY) + ", format "
                + Locale.getDefault(Locale.Category.FORMAT);
    }

    private void expect(String name, String actual) {
        String expected = expectations.get(name);
        if (expected != null) {
            requireEqual(expected, actual, "the " + name);
        }
    }

    private String processors() {
        int count = Runtime.getRuntime().availableProcessors();
        require(count >= 1, count + " processors");
        expect("processors", Integer.toString(count));
        return count + " available";
    }

    private String memory() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long heap = Runtime.getRuntime().maxMemory();
        long total = system.getTotalMemorySize();
        long below = Long.parseLong(expectations.getOrDefault("memory-below", Long.toString(Long.MAX_VALUE)));
        long above = Long.parseLong(expectations.getOrDefault("memory-above", "0"));
        require(heap > above && heap < below, "the heap may have " + heap + " bytes");
        require(total > 0, "the system has " + total + " bytes");
        return "heap up to " + heap + ", system " + total;
    }

    // ----- management

    private String jmx() throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName name = new ObjectName("verify:type=Answer");
        server.registerMBean(new Answer(), name);
        requireEqual(42, server.getAttribute(name, "Value"), "the attribute Value");
        server.unregisterMBean(name);

        long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        require(used > 0, used + " bytes of heap in use");
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        requireEqual(Runtime.getRuntime().availableProcessors(), system.getAvailableProcessors(), "the bean's count");
        require(system.getProcessCpuTime() > 0, "no processor time");
        require(system.getCommittedVirtualMemorySize() > 0, "no virtual memory");
        require(system.getCpuLoad() <= 1.0 && system.getProcessCpuLoad() <= 1.0, "more load than there can be");
        return server.getMBeanCount() + " beans, heap " + used + ", load " + system.getSystemLoadAverage();
    }

    /** A dynamic bean: a standard one would need reflection, and with it reachability metadata. */
    private static final class Answer implements DynamicMBean {
        @Override
        public Object getAttribute(String attribute) throws AttributeNotFoundException {
            if (!attribute.equals("Value")) {
                throw new AttributeNotFoundException(attribute);
            }
            return 42;
        }

        @Override
        public void setAttribute(Attribute attribute) throws AttributeNotFoundException {
            throw new AttributeNotFoundException(attribute.getName());
        }

        @Override
        public AttributeList getAttributes(String[] attributes) {
            return new AttributeList();
        }

        @Override
        public AttributeList setAttributes(AttributeList attributes) {
            return new AttributeList();
        }

        @Override
        public Object invoke(String action, Object[] parameters, String[] signature) {
            throw new UnsupportedOperationException(action);
        }

        @Override
        public MBeanInfo getMBeanInfo() {
            MBeanAttributeInfo value = new MBeanAttributeInfo("Value", "int", "the answer", true, false, false);
            return new MBeanInfo(Answer.class.getName(), "", new MBeanAttributeInfo[] {value}, null, null, null);
        }
    }

    private String threadTimes() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        long total = threads.getCurrentThreadCpuTime();
        long user = threads.getCurrentThreadUserTime();
        require(total > 0 && user > 0, "processor time " + total + ", of it in user mode " + user);
        require(threads.getThreadCount() > 0, "no threads");
        return threads.getThreadCount() + " threads, this one " + total / 1_000_000 + " ms, user " + user / 1_000_000;
    }

    private String signal() throws InterruptedException {
        Signal signal = new Signal("USR1");
        CountDownLatch handled = new CountDownLatch(3);
        Signal.handle(signal, received -> handled.countDown());
        for (int i = 0; i < 3; i++) {
            Signal.raise(signal);
        }
        require(handled.await(DEADLINE_MILLIS, TimeUnit.MILLISECONDS), "SIGUSR1 was not handled three times");
        return signal + " handled 3 times";
    }

    private static void deleteTree(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /**
     * A PKCS12 store with a self-signed P-256 certificate for localhost and 127.0.0.1, valid until 2119. The key is
     * public, as everything here: it protects nothing. Made with
     * {@code keytool -genkeypair -alias verify -keyalg EC -groupname secp256r1 -dname CN=localhost
     * -ext SAN=dns:localhost,ip:127.0.0.1 -startdate 2020/01/01 -validity 36500 -storetype PKCS12 -storepass password}.
     */
    private static final String KEY_STORE = ""
            + "MIIEEAIBAzCCA7oGCSqGSIb3DQEHAaCCA6sEggOnMIIDozCCASoGCSqGSIb3DQEHAaCCARsEggEXMIIBEzCCAQ8GCyqGSIb3"
            + "DQEMCgECoIG9MIG6MGYGCSqGSIb3DQEFDTBZMDgGCSqGSIb3DQEFDDArBBSiaiyPWVQHtBY2H9vVymVdfLGtJAICJxACASAw"
            + "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEGUkWQV7cOrFQE1ngYKroXgEUN+evBc1Kjr6lkQI38YF8RJxnejxq/ynF+Gg"
            + "OsXUl+qFic3Q/5UUIGCnq92gD0AMuGx3I1h9SmQ36ZAUCBH4aveeiETRpCYXfacTXT502NITMUAwGwYJKoZIhvcNAQkUMQ4e"
            + "DAB2AGUAcgBpAGYAeTAhBgkqhkiG9w0BCRUxFAQSVGltZSAxNzk1MzczNjk0MTg2MIICcQYJKoZIhvcNAQcGoIICYjCCAl4C"
            + "AQAwggJXBgkqhkiG9w0BBwEwZgYJKoZIhvcNAQUNMFkwOAYJKoZIhvcNAQUMMCsEFEf8tcEQRs38Eg8rLrRzVMcnT60pAgIn"
            + "EAIBIDAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQxcvkE99+2k7Ncizu+LQLAICCAeAzGfgkT+J6lVbXaEUrkASIN/Kc"
            + "QD8f1u4zuetXjgj/0JXnCb2RzaI2Y9GmQNPDgXuGjjPGfDxu4itrI7sVGNtC6Yk36joO1DUg4Xv/u6XYIlOgRoDi8SxWv2Be"
            + "S6QK7FGcOQarra00K7T7BTiUC93TniuX+OXy/2naeJwn1V17GCSLfxBUMf+DxSggt1GYKDCBCxYI1LUR+qDvXnAuF6LX6jaC"
            + "wtErUfJMlo9ay7pprqL4+ST4iLAuFknCWPIWpOcvKMUk0X3S5cKJ0JI9ylZJzHPmk0nY8If3PNYrErvP2txmW5cDJ1ObAU4e"
            + "7xjj/JNPzZCmeiTuuFoyaz7UmNbNH0ti/5UN1Yt0D+6NhZQexLLqQKI6+w9BRkE9jqZ+y1k/JF1pW41FohjjBsAJ9a1DKCz6"
            + "B46fFe8SfXwdwaFrofrB4JxYhA6Seyv+BIndWP3Ls9fYZfn39q/FSJKBX6d1Ec4rxt6nkbW8H7QjJiF1pBLTahPsYxvvSLUW"
            + "kKzgnzYs5nm7oSZfBmSe1AURd55dKcmMemPATVwjm6ib0p9ptBDfc6QWmxLF+ej+/Ep+yAxebdFR6e5x/j7ZW9O4ceF3kGwG"
            + "LX1PzAhfUgFSZl0DIxqQrlj2AxSkN7SdOIk9SHwwTTAxMA0GCWCGSAFlAwQCAQUABCA86Ev8hv+SubcEr84m5B97jNkBm1LX"
            + "Ji+Qw517QRD74wQUJqVgrPWLyOLCXEXyYEktoy2J5kYCAicQ";
}
