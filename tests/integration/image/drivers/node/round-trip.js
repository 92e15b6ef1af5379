// Starts the image with Testcontainers' own KafkaContainer, produces, consumes in a group, and prints what it read.
const { KafkaContainer } = require("@testcontainers/kafka");
const { Kafka, logLevel } = require("kafkajs");

async function main() {
  const container = await new KafkaContainer(process.env.IMAGE).withKraft().start();
  try {
    const broker = `${container.getHost()}:${container.getMappedPort(9093)}`;
    const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.ERROR });
    const producer = kafka.producer();
    await producer.connect();
    const messages = ["one", "two", "three"].map((value) => ({ key: "key", value }));
    await producer.send({ topic: "orders", acks: -1, messages });
    await producer.disconnect();
    console.log(`read: ${(await read(kafka)).join(" ")}`);
  } finally {
    await container.stop();
  }
}

async function read(kafka) {
  const values = [];
  const consumer = kafka.consumer({ groupId: "drivers" });
  await consumer.connect();
  await consumer.subscribe({ topic: "orders", fromBeginning: true });
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`read only: ${values}`)), 30_000);
    consumer.run({
      eachMessage: async ({ message }) => {
        values.push(message.value.toString());
        if (values.length === 3) {
          clearTimeout(timer);
          resolve();
        }
      },
    });
  });
  await consumer.disconnect();
  return values;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
