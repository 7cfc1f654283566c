// Run once, by the database itself, when its volume is new: a user for chatbox that has one database and nothing else.
db.getSiblingDB('chat').createUser({
  user: 'chatbox',
  pwd: process.env.CHATBOX_PASSWORD,
  roles: [{ role: 'readWrite', db: 'chat' }],
});
