/** The schemas' one door to outside code. */
import * as net from 'node:net';
import { z } from 'zod';

export { net, z };
